/** Pids of the FFmpegs that `parent` (default: this process) runs and whose command line holds `word`. */
export function ffmpegChildren(word?: string, parent?: number): number[];

/** SDP text in, SDP text out: the few changes that werift cannot be asked for. Pure. */

const LOOPBACK = '127.0.0.1';

/** Drops every ICE candidate that is not on 127.0.0.1. */
export function keepLoopbackCandidates(sdp: string): string {
  return filterLines(sdp, (line) => !line.startsWith('a=candidate:') || candidateAddress(line) === LOOPBACK);
}

/**
 * werift answers `inactive` with port 0, which rejects the line and, when it is the first of the bundle, its transport
 * with it (RFC 9143 §7.3.3). Port 9 keeps the line.
 */
export function keepInactiveLines(sdp: string): string {
  return sdp.replace(/^m=(audio|video) 0 /gm, 'm=$1 9 ');
}

/** How many lines of media and data a description has. */
export function mediaSections(sdp: string): number {
  return sdp.match(/^m=/gm)?.length ?? 0;
}

/** Adds candidates, as `candidate:…` texts, to every media section; for gathering that was cut short. */
export function addCandidates(sdp: string, candidates: readonly string[]): string {
  const lines = candidates.map(
    (candidate) => `a=${candidate.startsWith('candidate:') ? '' : 'candidate:'}${candidate}`,
  );
  const sections = sdp.split(/^(?=m=)/m);
  return sections
    .map((section, index) => (index === 0 ? section : section + lines.map((line) => `${line}\r\n`).join('')))
    .join('');
}

/** candidate:foundation component transport priority ADDRESS port … (RFC 8839 §5.1) */
function candidateAddress(line: string): string | undefined {
  return line.split(' ')[4];
}

function filterLines(sdp: string, keep: (line: string) => boolean): string {
  return sdp
    .split(/(?<=\n)/)
    .filter(keep)
    .join('');
}

/** The process's one pool: the limit on threads holds over all sessions, whoever made them. */
import { ThreadPool } from './thread-pool';

/** Module state on purpose: threads are a resource of the process. */
export const sharedPool = new ThreadPool();

/** Shows a badge only when it differs from the last: every status goes to every open editor. */
import type { Badge } from './badge';

/** What is needed of a Node-RED node. */
export interface StatusNode {
  status(status: Badge): void;
}

export function statusShower(node: StatusNode): (badge: Badge) => void {
  let shown = '';
  return (badge) => {
    const key = `${badge.fill} ${badge.shape} ${badge.text}`;
    if (key === shown) return;
    shown = key;
    node.status(badge);
  };
}

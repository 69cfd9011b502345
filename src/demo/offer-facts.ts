/** What the demo server must know of an offer before it answers: the direction of its video line. Pure. */

/** How the client wants to use video, seen from the client. */
export interface OfferFacts {
  clientSends: boolean;
  clientReceives: boolean;
}

/** Facts of an SDP offer, or `undefined` if the text is no SDP. */
export function offerFacts(sdp: string): OfferFacts | undefined {
  if (!/^v=0\r?$/m.test(sdp) || !/^m=/m.test(sdp)) return undefined;
  const video = sdp.split(/^(?=m=)/m).find((section) => /^m=video [1-9]/.test(section));
  if (video === undefined) return { clientSends: false, clientReceives: false };
  const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(video)?.[1] ?? 'sendrecv';
  return {
    clientSends: direction === 'sendrecv' || direction === 'sendonly',
    clientReceives: direction === 'sendrecv' || direction === 'recvonly',
  };
}

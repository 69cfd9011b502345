import { describe, expect, it } from 'vitest';
import { addCandidates, keepInactiveLines, keepLoopbackCandidates } from '../../../src/peer/session-description';

const HEAD = 'v=0\r\ns=-\r\n';
const VIDEO = 'm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n';
const DATA = 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:1\r\n';
const LOOPBACK = 'candidate:1 1 udp 2130706431 127.0.0.1 5000 typ host';
const LAN = 'candidate:2 1 udp 2130706431 192.168.1.2 5001 typ host';

describe('keepLoopbackCandidates', () => {
  it('drops every candidate that is not on 127.0.0.1 and nothing else', () => {
    const sdp = `${HEAD}${VIDEO}a=${LOOPBACK}\r\na=${LAN}\r\na=candidate:3 1 udp 1 ::1 5002 typ host\r\n${DATA}`;
    expect(keepLoopbackCandidates(sdp)).toBe(`${HEAD}${VIDEO}a=${LOOPBACK}\r\n${DATA}`);
  });

  it('takes lines that end in a bare line feed too', () => {
    expect(keepLoopbackCandidates(`v=0\na=${LAN}\na=mid:0\n`)).toBe('v=0\na=mid:0\n');
  });
});

describe('keepInactiveLines', () => {
  it('gives media lines with port 0 the port that keeps them in the bundle', () => {
    expect(keepInactiveLines(`${HEAD}m=video 0 UDP/TLS/RTP/SAVPF 96\r\n${DATA}`)).toBe(
      `${HEAD}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n${DATA}`,
    );
  });
});

describe('addCandidates', () => {
  it('adds candidates to the end of every media section, with and without their prefix', () => {
    const bare = LAN.slice('candidate:'.length);
    expect(addCandidates(HEAD + VIDEO + DATA, [LOOPBACK, bare])).toBe(
      `${HEAD}${VIDEO}a=${LOOPBACK}\r\na=${LAN}\r\n${DATA}a=${LOOPBACK}\r\na=${LAN}\r\n`,
    );
  });

  it('changes nothing when there are none', () => {
    expect(addCandidates(HEAD + VIDEO, [])).toBe(HEAD + VIDEO);
  });
});

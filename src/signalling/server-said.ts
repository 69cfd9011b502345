/**
 * What a refusing server said, made safe to show: its sentence, its error type, the blocks at fault. Reads every body
 * form of protocol.md A.5. Never lets a `detail[].input` (it echoes the request), markup or a secret through.
 */
import { isRecord } from '../json';
import { redact } from '../redact';
import type { HttpAnswer } from './response';
import { jsonObject } from './response';

/** One block of a workflow that the server could not use. */
export interface BlockFault {
  blockId: string | null;
  blockType: string | null;
  property: string | null;
  /** The failing line of a Python block. */
  error: string | null;
}

/** Everything worth knowing of an error body. */
export interface ServerSaid {
  /** One line; empty when the body held nothing readable. */
  sentence: string;
  errorType: string | null;
  innerError: string | null;
  blocks: BlockFault[];
  /** Output names that the server offers instead. */
  validOutputs: string[] | null;
  /** A static page or a web framework answered, not the inference route. */
  isForeign: boolean;
}

const MAX_SENTENCE = 600;
const MAX_BLOCKS = 20;
const MAX_FIELDS = 10;
const MAX_OUTPUTS = 50;
const MAX_NAME = 100;

/** Reads an error answer; `secrets` are masked wherever they stand. */
export function serverSaid(answer: HttpAnswer, secrets: readonly string[]): ServerSaid {
  const json = jsonObject(answer.body);
  const clean = (text: string) => oneLine(redact(text, secrets), MAX_SENTENCE);
  if (json === undefined) {
    const isPage = /<(!doctype|html|head|body|title|h1)\b/i.test(answer.body);
    const sentence = isPage ? '' : clean(answer.body);
    return { sentence, errorType: null, innerError: null, blocks: [], validOutputs: null, isForeign: isPage };
  }
  const message = text(json['message']) ?? text(json['error']);
  const sentence = message ?? detailSentence(json['detail']) ?? '';
  return {
    sentence: clean(sentence),
    errorType: mapText(text(json['error_type']), clean),
    innerError: mapText(text(json['inner_error_message']), clean),
    blocks: blockFaults(json['blocks_errors'], clean),
    validOutputs: validOutputs(sentence)?.map((name) => oneLine(redact(name, secrets), MAX_NAME)) ?? null,
    isForeign: message === null && typeof json['detail'] === 'string',
  };
}

/** The server writes the text `None` where it has nothing. */
function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' && value !== 'None' ? value : null;
}

/** FastAPI's two forms: a sentence, or a list of fields with `loc`, `msg` and `input`, of which `input` stays out. */
function detailSentence(detail: unknown): string | null {
  if (!Array.isArray(detail)) return text(detail);
  const entries = detail.slice(0, MAX_FIELDS).flatMap((entry: unknown) => {
    if (!isRecord(entry)) return [];
    const location = Array.isArray(entry['loc']) ? entry['loc'].filter(isPlace).join('.') : '';
    // A value error may quote the value: only the texts of the standard checks are passed on.
    const quoted = text(entry['type'])?.startsWith('value_error') === true;
    const message = quoted ? 'has a value that cannot be used' : (text(entry['msg']) ?? 'cannot be used');
    return [location === '' ? message : `${location}: ${message}`];
  });
  return entries.length === 0 ? null : entries.join('; ');
}

/** A field or an index; what is nested there instead could not even be joined. */
function isPlace(part: unknown): part is string | number {
  return (typeof part === 'string' && part !== 'body') || typeof part === 'number';
}

function blockFaults(value: unknown, clean: (text: string) => string): BlockFault[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_BLOCKS).flatMap((entry: unknown) => {
    if (!isRecord(entry)) return [];
    const traceback = isRecord(entry['block_traceback']) ? entry['block_traceback'] : {};
    const line = typeof traceback['error_line'] === 'number' ? `line ${traceback['error_line']}` : null;
    const lastLine = text(traceback['traceback'])?.trim().split('\n').at(-1) ?? null;
    const reason = text(entry['property_details']) ?? text(entry['block_details']);
    const error = [line, lastLine].filter((part) => part !== null).join(': ');
    return [
      {
        blockId: mapText(text(entry['block_id']), clean),
        blockType: mapText(text(entry['block_type']), clean),
        property: mapText(text(entry['property_name']), clean),
        error: mapText(error === '' ? reason : error, clean),
      },
    ];
  });
}

/** `… Available workflow outputs: ['a', 'b']`: the last list of the sentence. In linear time, unlike one expression. */
function validOutputs(sentence: string): string[] | null {
  const end = sentence.trimEnd();
  const whole = end.endsWith('.') ? end.slice(0, -1).trimEnd() : end;
  const start = whole.lastIndexOf('[');
  const list = whole.slice(start);
  if (start === -1 || list.indexOf(']') !== list.length - 1) return null;
  const before = whole.slice(whole.lastIndexOf(']', start) + 1, start);
  const announced = before.search(/available|valid/i);
  if (announced === -1 || !/output/i.test(before.slice(announced))) return null;
  const names = [...list.matchAll(/'([^']*)'|"([^"]*)"/g)].slice(0, MAX_OUTPUTS);
  return names.map(([, single, double]) => single ?? double ?? '');
}

function mapText(value: string | null, change: (text: string) => string): string | null {
  return value === null ? null : change(value);
}

function oneLine(value: string, limit: number): string {
  const line = value.replaceAll(/\s+/g, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}

/** What travels between the steps of a workflow. */
import type { Picture } from '../media/video';
import type { MotionBox } from './motion-detector';

/** Where a cropped picture lies in the one it was cut from (protocol.md E). */
export interface CropOrigin {
  offsetX: number;
  offsetY: number;
  width: number;
  height: number;
}

/** A yuv420p picture; nobody writes into it. */
export interface ImageValue {
  kind: 'image';
  picture: Picture;
  origin: CropOrigin | null;
}

/** Objects found in a picture. */
export interface DetectionsValue {
  kind: 'detections';
  /** `more`: further fields of the detection, as they go over the wire. */
  detections: { id: string; box: MotionBox; more?: Record<string, unknown> }[];
  /** Size of the picture they were found in. */
  image: { width: number; height: number };
  origin: CropOrigin | null;
}

/** Anything that is JSON already. */
export interface PlainValue {
  kind: 'plain';
  value: unknown;
}

/** One output of a step. */
export type WorkflowValue = ImageValue | DetectionsValue | PlainValue;

/** A cut that lies outside the picture, and every other absence. */
export const NOTHING: PlainValue = { kind: 'plain', value: null };

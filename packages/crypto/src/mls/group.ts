// One group as this device sees it: an immutable value. Made by createGroup, joinGroup, restoreGroup and by every step.

declare const group: unique symbol;

/** Opaque; every step gives a new one. */
export interface MlsGroup {
  readonly [group]: true;
}

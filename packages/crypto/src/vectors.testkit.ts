// Test vectors: our own in ../vectors, and published ones beside the repository in ../shared/vectors. Found by the bundler
// and not by reading files, so that the same vectors run in Node and in Chromium.

declare global {
  interface ImportMeta {
    /** Vite's, as far as it is used here. */
    glob<T>(pattern: string, options: { readonly import: 'default' }): Record<string, () => Promise<T>>;
  }
}

const ownLoaders = import.meta.glob<unknown>('../vectors/*.json', { import: 'default' });
const publishedLoaders = import.meta.glob<unknown>(
  '../../../../shared/vectors/{fernet,mls,wycheproof}/*.json',
  {
    import: 'default',
  },
);

export const PUBLISHED_ARE_MISSING = 'the published vectors are not in ../shared/vectors';

/** `name` like `login.json`. */
export async function loadOwnVectors<T>(name: string): Promise<T> {
  const load = ownLoaders[`../vectors/${name}`];
  if (!load) throw new Error(`no vectors ${name}`);
  return (await load()) as T;
}

/** `path` like `fernet/verify.json`; null when the published vectors are not there. */
export async function loadPublishedVectors<T>(path: string): Promise<T | null> {
  const load = publishedLoaders[`../../../../shared/vectors/${path}`];
  return load ? ((await load()) as T) : null;
}

/** One case of our own vectors. */
export interface Vector<Input, Output> {
  readonly name: string;
  readonly spec: string;
  readonly input: Input;
  /** `ok`, an outcome, or the code of the error. */
  readonly expect: string;
  readonly output?: Output;
}

/** `ok`, or the code of the CryptoError that was thrown. */
export async function outcomeOf(run: () => unknown): Promise<string> {
  try {
    await run();
    return 'ok';
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
    throw error;
  }
}

// Any error that ends a command, as the lines a person reads and the exit status a script reads. Called by main.ts only.
import { describeError, SirdasError } from '@sirdas/client';
import type { Console } from './console.ts';
import { CommandError } from './errors.ts';
import {
  CLIENT_ERROR_REASONS,
  COMMAND_ERROR_REASONS,
  EXIT_STATUS,
  RELAY_ERROR_REASONS,
} from './exit-status.ts';

export interface Failure {
  readonly lines: readonly string[];
  readonly status: number;
}

export function describeFailure(error: unknown, { words, language }: Console): Failure {
  if (error instanceof CommandError) {
    const sentence = words.errors[error.code](error.detail);
    return { lines: [`sirdas: ${sentence}`], status: EXIT_STATUS[COMMAND_ERROR_REASONS[error.code]] };
  }
  if (error instanceof SirdasError) {
    const { what, advice } = describeError(error.code, language);
    return { lines: [`sirdas: ${what} ${advice}`], status: EXIT_STATUS[CLIENT_ERROR_REASONS[error.code]] };
  }
  const code = relayErrorCode(error);
  if (code !== null) {
    const detail = error instanceof Error ? error.message : '';
    return {
      lines: [`sirdas: ${words.relayErrors[code]}`, `  ${detail}`],
      status: EXIT_STATUS[RELAY_ERROR_REASONS[code]],
    };
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { lines: [`sirdas: ${words.internal}`, trace], status: EXIT_STATUS.internal };
}

/** By name, because loading the relay only to recognise its errors would make every command start slowly. */
function relayErrorCode(error: unknown): keyof typeof RELAY_ERROR_REASONS | null {
  if (!(error instanceof Error) || error.name !== 'RelayError' || !('code' in error)) return null;
  const { code } = error;
  return typeof code === 'string' && isRelayErrorCode(code) ? code : null;
}

function isRelayErrorCode(code: string): code is keyof typeof RELAY_ERROR_REASONS {
  return Object.hasOwn(RELAY_ERROR_REASONS, code);
}

import { parseNickname } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { classifyAddress } from './client-address.ts';
import type { RelayConfig } from './config/options.ts';
import { makeRelayConfig } from './config/parse-config.ts';
import { Limits } from './limits.ts';

const ADDRESS = classifyAddress('203.0.113.9');
const NEIGHBOUR = classifyAddress('203.0.113.10');
const LOOPBACK = classifyAddress('127.0.0.1');
const ayşe = parseNickname('ayşe');

function makeLimits(values: Partial<RelayConfig> = {}): { limits: Limits; pass: (ms: number) => void } {
  let nowMs = 0;
  const limits = new Limits(makeRelayConfig({ data: 'unused', ...values }), () => nowMs);
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { limits, pass };
}

const addMany = (limits: Limits, count: number, address = ADDRESS) =>
  Array.from({ length: count }, () => limits.addConnection(address));

describe('connections', () => {
  test('RLY-011 at most 16 from one address, the neighbour has their own', () => {
    const { limits } = makeLimits();
    const waits = addMany(limits, 17);
    expect(waits.slice(0, 16).every((waitMs) => waitMs === 0)).toBe(true);
    expect(waits[16]).toBeGreaterThan(0);
    expect(limits.addConnection(NEIGHBOUR)).toBe(0);
  });

  test('RLY-011 a place is free again when a connection closes', () => {
    const { limits } = makeLimits();
    addMany(limits, 16);
    limits.removeConnection(ADDRESS);
    expect(limits.addConnection(ADDRESS)).toBe(0);
  });

  test('RLY-011 at most so many in all, loopback included', () => {
    const { limits } = makeLimits({ maxConnections: 5 });
    expect(addMany(limits, 6, LOOPBACK).map((waitMs) => waitMs > 0)).toEqual([...Array(5).fill(false), true]);
    expect(limits.connections).toBe(6);
  });

  test('RLY-011 far beyond the limit nothing is explained any more', () => {
    const { limits } = makeLimits();
    addMany(limits, 32);
    expect(limits.tryExplain(ADDRESS)).toBe(true);
    addMany(limits, 1);
    expect(limits.tryExplain(ADDRESS)).toBe(false);
    expect(limits.tryExplain(NEIGHBOUR)).toBe(true);
  });

  test('RLY-012 at most 32 new ones in 10 minutes from one address', () => {
    const { limits, pass } = makeLimits();
    const connectAndLeave = () => {
      const waitMs = limits.addConnection(ADDRESS);
      limits.removeConnection(ADDRESS);
      return waitMs;
    };
    for (let i = 0; i < 32; i++) expect(connectAndLeave()).toBe(0);
    const waitMs = connectAndLeave();
    expect(waitMs).toBe(600_000 / 32);
    pass(waitMs);
    expect(connectAndLeave()).toBe(0);
    expect(connectAndLeave()).toBeGreaterThan(0);
  });

  test('RLY-012 whoever goes on trying is told so no more often than connections are let in', () => {
    const { limits, pass } = makeLimits();
    const explained = Array.from({ length: 100 }, () => {
      const isExplained = limits.addConnection(ADDRESS) > 0 && limits.tryExplain(ADDRESS);
      limits.removeConnection(ADDRESS);
      return isExplained;
    });
    expect(explained.filter(Boolean)).toHaveLength(32);
    expect(limits.tryExplain(NEIGHBOUR)).toBe(true);
    pass(600_000 / 32);
    expect(limits.tryExplain(ADDRESS)).toBe(true);
  });

  test('loopback is exempt from what is counted per address', () => {
    const { limits } = makeLimits();
    expect(addMany(limits, 200, LOOPBACK).every((waitMs) => waitMs === 0)).toBe(true);
    for (let i = 0; i < 50; i++) expect(limits.tryLogin(LOOPBACK) + limits.tryClaim(LOOPBACK)).toBe(0);
  });
});

describe('per address', () => {
  test('RLY-009 five failed logins, then one in five minutes; others cost nothing, however many are under way', () => {
    const { limits, pass } = makeLimits();
    for (let i = 0; i < 50; i++) {
      // None of them is through yet.
      expect(limits.tryLogin(ADDRESS)).toBe(0);
    }
    const failToLogIn = () => {
      const waitMs = limits.tryLogin(ADDRESS);
      if (waitMs === 0) limits.loginFailed(ADDRESS);
      return waitMs;
    };
    for (let i = 0; i < 5; i++) expect(failToLogIn()).toBe(0);
    expect(failToLogIn()).toBe(300_000);
    pass(300_000);
    expect(failToLogIn()).toBe(0);
    expect(failToLogIn()).toBe(300_000);
  });

  test('RLY-032 three new accounts an hour without an invite; a refused claim gives its try back', () => {
    const { limits } = makeLimits();
    for (let i = 0; i < 10; i++) {
      expect(limits.tryOpenClaim(ADDRESS)).toBe(0);
      limits.openClaimRefused(ADDRESS);
    }
    for (let i = 0; i < 3; i++) expect(limits.tryOpenClaim(ADDRESS)).toBe(0);
    expect(limits.tryOpenClaim(ADDRESS)).toBe(1_200_000);
  });
});

describe('per account', () => {
  test('RLY-041 sixty envelopes at once, then two a second', () => {
    const { limits, pass } = makeLimits();
    for (let i = 0; i < 60; i++) expect(limits.trySend(ayşe, 100)).toBe(0);
    expect(limits.trySend(ayşe, 100)).toBe(500);
    pass(500);
    expect(limits.trySend(ayşe, 100)).toBe(0);
    expect(limits.trySend(parseNickname('burak'), 100)).toBe(0);
  });

  test('RLY-041 1 MiB of envelopes at once, then 10 kB a second', () => {
    const { limits, pass } = makeLimits();
    for (let i = 0; i < 10; i++) expect(limits.trySend(ayşe, 98_304)).toBe(0);
    const waitMs = limits.trySend(ayşe, 98_304);
    expect(waitMs).toBeGreaterThan(3000);
    pass(waitMs);
    expect(limits.trySend(ayşe, 98_304)).toBe(0);
  });

  test('RLY-041 an envelope that comes too early costs no bytes', () => {
    const { limits } = makeLimits({
      sendRate: { burst: 1, perSecond: 1 },
      sendBytes: { burst: 1000, perSecond: 1 },
    });
    expect(limits.trySend(ayşe, 400)).toBe(0);
    for (let i = 0; i < 10; i++) expect(limits.trySend(ayşe, 600)).toBe(1000);
  });
});

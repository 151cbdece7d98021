// The life of a group from its first member on, in both suites: adding, talking, updating, removing.
import { encodeUtf8, MLS_SUITES } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { describeGroup } from './group.ts';
import { follow, makeDevice, makeMembers, makeState, toPlan } from './members.testkit.ts';
import { openMessage, sealMessage } from './message.ts';
import { planCommit } from './plan-commit.ts';

describe.each(MLS_SUITES)('%s', (suite) => {
  test('members read each other, follow commits, and agree', async () => {
    const devices = [await makeDevice('ayse'), await makeDevice('bora'), await makeDevice('bora', 2)];
    let [ayse, bora, boraTwo] = await makeMembers(suite, devices);
    if (!ayse || !bora || !boraTwo) throw new Error('somebody is missing');
    const sealed = await sealMessage(ayse, encodeUtf8('merhaba'));
    const opened = await openMessage(bora, sealed.message);
    expect(new TextDecoder().decode(opened.content)).toBe('merhaba');
    expect(opened.sender.nickname).toBe('ayse');
    ayse = sealed.group;
    bora = opened.group;
    const plan = await planCommit(bora, toPlan({ state: makeState(['ayse', 'bora'], 'trip') }));
    ayse = await follow(ayse, plan);
    boraTwo = await follow(boraTwo, plan);
    bora = plan.next;
    const hashes = [ayse, bora, boraTwo].map((group) => describeGroup(group).authenticatorHash);
    expect(hashes[1]).toEqual(hashes[0]);
    expect(hashes[2]).toEqual(hashes[0]);
    expect(describeGroup(ayse).state.name).toBe('trip');
    const answer = await sealMessage(boraTwo, encodeUtf8('selam'));
    expect((await openMessage(ayse, answer.message)).sender.device).toBe(devices[2]?.device);
  });
});

import { HeliosError } from '@heliosiq/model';
import { expect, it } from 'vitest';
import { createOffsetCommits } from './offset-commits.ts';
import type { CommitOutcome, OffsetCommit } from './offset-commits.ts';

/** Commits against a coordinator that answers as told, one answer a request; `done` when nothing is told. */
function openCommits(answers: readonly CommitOutcome[] = []) {
  const requests: (readonly OffsetCommit[])[] = [];
  let epoch = 1;
  const left = [...answers];
  const commits = createOffsetCommits({
    isOwned: (commit) => commit.epoch === epoch,
    send: async (sent) => {
      requests.push(sent);
      await Promise.resolve();
      return left.shift() ?? 'done';
    },
  });
  const commit = (nextOffset: number, partition = 0) => commits.commit({ topic: 't', partition, epoch: 1, nextOffset });
  return { commit, end: commits.end, requests, takeOver: () => void (epoch += 1) };
}

it('sends what has gathered in one request, of each partition the furthest', async () => {
  const { commit, requests } = openCommits();
  await Promise.all([commit(10), commit(30), commit(20), commit(5, 1)]);
  expect(requests.map((each) => each.map(({ partition, nextOffset }) => [partition, nextOffset]))).toEqual([
    [
      [0, 30],
      [1, 5],
    ],
  ]);
});

it('never moves a partition back', async () => {
  const { commit, requests } = openCommits();
  await commit(30);
  await commit(20);
  expect(requests).toHaveLength(1);
});

it('tries again while the group settles or the brokers are away, and is done in the end', async () => {
  const away = { failed: new HeliosError('unavailable', 'nobody there') };
  const { commit, requests } = openCommits(['moved', away]);
  await commit(10);
  expect(requests).toHaveLength(3);
});

it('refuses the commit of a partition that was taken over while it waited', async () => {
  const { commit, takeOver, requests } = openCommits(['moved']);
  const refused = commit(10);
  refused.catch(() => {}); // looked at below
  await expect.poll(() => requests.length).toBe(1);
  takeOver();
  await expect(refused).rejects.toMatchObject({ code: 'conflict' });
  expect(requests).toHaveLength(1);
});

it('waits for nothing once its member has left', async () => {
  const { commit, end } = openCommits();
  end();
  await expect(commit(10)).rejects.toMatchObject({ code: 'unavailable' });
});

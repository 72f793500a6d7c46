import { GraphQLError } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { createPubSub } from '../../src/pubsub.ts';
import { LiveStream } from '../../src/server/liveStream.ts';

const REASON = new GraphQLError('over');

function begin(
  answer: (event: unknown) => Promise<object> = (event) => Promise.resolve({ data: { event } }),
) {
  const pubsub = createPubSub({ queueLimit: 2 });
  const onEnd = vi.fn<() => void>();
  const source = pubsub.subscribe('runFinished');
  const stream = new LiveStream({
    source,
    answer,
    explain: (error) => new GraphQLError(`explained: ${String(error)}`),
    onEnd,
  });
  return {
    stream,
    onEnd,
    publish: (runId: string) => pubsub.publish('runFinished', { runId, clientId: null }),
    source,
  };
}

describe('a live stream', () => {
  it('answers each event', async () => {
    const { stream, publish } = begin();
    const first = stream.next();
    publish('a');
    expect(await first).toEqual({ done: false, value: { data: { event: { runId: 'a', clientId: null } } } });
  });

  it('tells the reader that waits why it was ended, once', async () => {
    const { stream, onEnd, source } = begin();
    const waiting = stream.next();
    stream.end(REASON);
    stream.end(new GraphQLError('again'));
    await expect(waiting).rejects.toBe(REASON);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(await source.next()).toEqual({ done: true, value: undefined });
    expect(onEnd).toHaveBeenCalledTimes(1);
  });

  it('tells the reader that comes later why it was ended', async () => {
    const { stream } = begin();
    stream.end(REASON);
    await expect(stream.next()).rejects.toBe(REASON);
    expect((await stream.next()).done).toBe(true);
  });

  it('throws away an answer that comes after the end', async () => {
    let release = (_value: object) => {};
    const { stream, publish } = begin(() => new Promise((resolve) => (release = resolve)));
    const waiting = stream.next();
    publish('a');
    await vi.waitFor(() => expect(release.length).toBe(1));
    stream.end(REASON);
    release({ data: 'late' });
    await expect(waiting).rejects.toBe(REASON);
  });

  it('explains a source that breaks, and ends', async () => {
    const { stream, publish, onEnd } = begin();
    for (const runId of ['a', 'b', 'c']) publish(runId);
    await expect(stream.next()).rejects.toThrow('explained: AppError: Messages came faster');
    expect((await stream.next()).done).toBe(true);
    expect(onEnd).toHaveBeenCalledTimes(1);
  });

  it('ends its source when the reader leaves', async () => {
    const { stream, source, onEnd } = begin();
    const waiting = stream.next();
    await stream.return();
    expect((await waiting).done).toBe(true);
    expect((await source.next()).done).toBe(true);
    expect(onEnd).toHaveBeenCalledTimes(1);
  });
});

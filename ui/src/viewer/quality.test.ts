import assert from 'node:assert/strict';
import { test } from 'node:test';
import { known, QualityMeter } from './quality.ts';

function start() {
  let now = 5000;
  const meter = new QualityMeter(() => now);
  return { meter, pass: (ms: number) => (now += ms) };
}

test('frames and kilobits are those of the time since the figures were last read', () => {
  const { meter, pass } = start();
  for (let frame = 0; frame < 30; frame++) meter.painted();
  pass(1000);
  assert.deepEqual(meter.sample(125_000), { latencyMs: undefined, framesPerSecond: 30, kilobitsPerSecond: 1000 });
  for (let frame = 0; frame < 10; frame++) meter.painted();
  pass(2000);
  assert.deepEqual(meter.sample(250_000), { latencyMs: undefined, framesPerSecond: 5, kilobitsPerSecond: 500 });
  pass(1000);
  assert.deepEqual(meter.sample(250_000), { latencyMs: undefined, framesPerSecond: 0, kilobitsPerSecond: 0 });
});

test('a new connection, whose count of bytes starts again, does not show a negative rate', () => {
  const { meter, pass } = start();
  pass(1000);
  meter.sample(1_000_000);
  pass(1000);
  assert.equal(meter.sample(1000).kilobitsPerSecond, 0);
  pass(1000);
  assert.equal(meter.sample(126_000).kilobitsPerSecond, 1000);
});

test('one late answer moves the latency by a quarter, and it comes back', () => {
  const { meter, pass } = start();
  meter.roundTrip(20);
  assert.equal(meter.sample(0).latencyMs, 20);
  meter.roundTrip(420);
  pass(1000);
  assert.equal(meter.sample(0).latencyMs, 120);
  for (let count = 0; count < 20; count++) meter.roundTrip(20);
  assert.ok(Math.abs((meter.sample(0).latencyMs ?? 0) - 20) < 1);
});

test('two readings at the same moment do not divide by nothing', () => {
  const { meter } = start();
  meter.painted();
  assert.ok(Number.isFinite(meter.sample(10).framesPerSecond));
  assert.ok(Number.isFinite(meter.sample(10).kilobitsPerSecond));
});

test('a way that only another version knows is none of ours', () => {
  assert.equal(known(['windows-gdi', 'x11-damage'], 'x11-damage'), 'x11-damage');
  assert.equal(known(['windows-gdi', 'x11-damage'], 'x11'), undefined);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CellBounds, CellGrid } from './cells.ts';
import { MotionPlanner, type VideoPlan } from './motion.ts';
import type { Rect } from './rects.ts';

/** Ten changes a second of an area that is sent as tiles each time, at half a byte a pixel, and what then becomes of it. */
function changing(area: Rect): VideoPlan | undefined {
  const grid = new CellGrid(1920, 1080);
  const planner = new MotionPlanner(grid);
  const stale = new CellBounds(grid);
  for (const cell of grid.touching(area)) stale.add(cell, area);
  for (let now = 0; now <= 1000; now += 100) {
    planner.noteChanges(stale.cells(), now);
    planner.noteTiles(area, (area.width * area.height) / 2);
  }
  const question = { isPhoto: () => false, isText: () => false, isCostly: false, isKey: false, now: 1000 };
  return planner.plan({ ...question, stale });
}

describe('what is taken for a film', () => {
  test('an area whose tiles are dear and that keeps changing', () => {
    assert.ok(changing({ x: 0, y: 0, width: 640, height: 384 }));
  });

  test('not two lines of text, however many bytes their few pixels take', () => {
    assert.equal(changing({ x: 0, y: 52, width: 1920, height: 26 }), undefined);
  });
});

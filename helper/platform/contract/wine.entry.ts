/** The contract as a program for Windows: its argument is the port where the hand listens. */
import { platformContract } from './contract.ts';
import type { Stage } from './stage.ts';
import { windowsCases } from './windows.cases.ts';
import { openWindowsStage } from './windows.stage.ts';

const handPort = Number(process.argv.at(-1));
const openStage = (): Promise<Stage> => openWindowsStage(handPort);
platformContract('Windows', openStage);
windowsCases(openStage);

/** The contract as a program for Windows: its argument is the port where the hand listens. */
import { platformContract } from './contract.ts';
import { openWindowsStage } from './windows.stage.ts';

const handPort = Number(process.argv.at(-1));
platformContract('Windows', () => openWindowsStage(handPort));

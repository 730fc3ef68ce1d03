/** For the person at a terminal and for support; never a secret. */
export type Log = (event: string, detail?: Record<string, unknown>) => void;

export const log: Log = (event, detail = {}) => {
  const fields = Object.entries(detail).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  console.error([event, ...fields].join(' '));
};

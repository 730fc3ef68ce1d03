/** One message may not keep the wheel turning for seconds. */
export const MAX_WHEEL_CLICKS = 40;

// What the order tests share: the venue's time instead of the machine's, a step of its clock, and the report.
export async function venueClock(rest) {
  let now = 0;
  const read = async () => { now = (await (await fetch(`${rest}/api/v3/time`)).json()).serverTime; };
  await read();
  const Machine = globalThis.Date;
  globalThis.Date = class extends Machine {
    constructor(...given) { super(...(given.length > 0 ? given : [now])); }
    static now() { return now; }
  };
  return {
    // The venue's clock stands; this lets the recording play for some seconds.
    async play(seconds) {
      const clock = await (await fetch(`${rest}/sim/clock`)).json();
      await fetch(`${rest}/sim/step?until=${BigInt(clock.nanoseconds) + BigInt(seconds) * 1000000000n}`, { method: 'POST' });
      await read();
    },
  };
}

export function settings() {
  const [rest, api, symbol] = process.argv.slice(2);
  return { rest, api, symbol };
}

export function report(told) {
  console.log(JSON.stringify(told, (_, value) => (typeof value === 'bigint' ? Number(value) : value)));
  process.exit(0);
}

// The code that the venue gave, from whatever the client makes of it.
export async function refusal(call) {
  try {
    await call();
    return 0;
  } catch (error) {
    const text = typeof error === 'string' ? error : JSON.stringify(error, Object.getOwnPropertyNames(error ?? {})) + String(error?.message ?? '');
    return Number(error?.code ?? error?.body?.code ?? /-\d{4}/.exec(text)?.[0]) || Number(/-\d{4}/.exec(text)?.[0]);
  }
}

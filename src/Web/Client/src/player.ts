// Moves time on while playing: the line at the cursor moves with every frame, the server is asked for the next moment when it
// has answered the last.
export class Player {
  private at = 0;
  private last = 0;
  private frame = 0;
  private asking = false;
  private readonly times: number[] = [];

  constructor(private readonly speed: () => number, private readonly end: () => number, private readonly ask: (seconds: number) => Promise<unknown>, private readonly move: (seconds: number) => void, private readonly stopped: () => void) { }

  get on(): boolean {
    return this.frame !== 0;
  }

  // Milliseconds between frames since the start: what the tests measure.
  get frames(): readonly number[] {
    return this.times;
  }

  start(from: number): void {
    this.at = from;
    this.last = performance.now();
    this.times.length = 0;
    this.frame = requestAnimationFrame(this.tick);
  }

  stop(): void {
    if (this.frame === 0) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.stopped();
  }

  private readonly tick = (now: number): void => {
    const passed = now - this.last;
    this.last = now;
    if (this.times.length < 10_000) this.times.push(passed);
    // After a pause of the browser (a hidden tab) time does not leap.
    this.at = Math.min(this.end(), this.at + Math.min(passed, 250) / 1000 * this.speed());
    this.move(this.at);
    if (!this.asking) {
      this.asking = true;
      void this.ask(this.at).finally(() => { this.asking = false; });
    }
    if (this.at >= this.end()) this.stop();
    else this.frame = requestAnimationFrame(this.tick);
  };
}

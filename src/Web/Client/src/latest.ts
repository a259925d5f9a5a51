// A pointer moves faster than answers come: one question at a time is asked, and of the places it passed meanwhile the last.
export class Latest {
  private next: number | null = null;
  private asking = false;

  constructor(private readonly ask: (seconds: number) => Promise<unknown>) { }

  // Where the pointer is while its answer is still to be asked for.
  get wanted(): number | null {
    return this.next;
  }

  async go(seconds: number): Promise<void> {
    this.next = seconds;
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.next !== null) {
        const to: number = this.next;
        this.next = null;
        await this.ask(to);
      }
    } finally {
      this.asking = false;
    }
  }
}

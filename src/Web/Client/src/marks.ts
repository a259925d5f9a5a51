// Marks that are told apart by shape as well as by colour.

export function triangle(ctx: CanvasRenderingContext2D, x: number, y: number, size: number, up: boolean, fill: string, edge: string): void {
  const d = up ? 1 : -1;
  ctx.beginPath();
  ctx.moveTo(x, y - d * size * 0.2);
  ctx.lineTo(x + size, y + d * size * 1.6);
  ctx.lineTo(x - size, y + d * size * 1.6);
  ctx.closePath();
  ctx.fillStyle = fill;
  ctx.fill();
  ctx.strokeStyle = edge;
  ctx.lineWidth = devicePixelRatio;
  ctx.stroke();
}

export function hatch(ctx: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, stroke: string): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, width, height);
  ctx.clip();
  ctx.strokeStyle = stroke;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let at = x - height; at < x + width; at += 7 * devicePixelRatio) {
    ctx.moveTo(at, y + height);
    ctx.lineTo(at + height, y);
  }
  ctx.stroke();
  ctx.restore();
}

// Words over lines: an edge in the colour of the ground keeps them readable.
export function write(ctx: CanvasRenderingContext2D, text: string, x: number, y: number, ground: string): void {
  ctx.strokeStyle = ground;
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.lineJoin = 'round';
  ctx.setLineDash([]);
  ctx.strokeText(text, x, y);
  ctx.fillText(text, x, y);
}

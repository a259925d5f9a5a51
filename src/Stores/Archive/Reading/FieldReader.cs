using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>A table of one type of event, one column a field.</summary>
internal sealed class FieldReader<T> : TableReader
    where T : struct, IPayload<T>
{
    private readonly IDisposable[] cursors;
    private readonly LevelArena arena = new();
    private readonly ArchiveDecimals decimals;

    public FieldReader(ParquetReader file, string path, bool withCause, ArchiveDecimals decimals)
        : base(file, path, withCause)
    {
        this.decimals = decimals;
        var list = new List<IDisposable>();
        var opener = new Opener(this, list);
        var nothing = default(T);
        T.Describe(ref opener, ref nothing);
        cursors = [.. list];
    }

    protected override (EventType Type, int Version) ReadPayload(int rows, long number, ByteBuffer payload)
    {
        if (rows != 1)
        {
            throw new InvalidDataException($"{Path}: event {number} has {rows} rows; there must be one an event.");
        }

        arena.Clear();
        var value = default(T);
        var filler = new Filler(cursors, decimals, arena);
        T.Describe(ref filler, ref value);
        EventRecord.WritePayload(payload, value);
        return (T.Type, T.Version);
    }

    protected override bool GivesValues => typeof(T) == typeof(BestQuote);

    protected override void ReadValue(in Envelope envelope, EventBlock block)
    {
        if (envelope.Rows != 1)
        {
            throw new InvalidDataException($"{Path}: event {Next} has {envelope.Rows} rows; there must be one an event.");
        }

        var value = default(T);
        var filler = new Filler(cursors, decimals, arena);
        T.Describe(ref filler, ref value);
        var header = new EventHeader(Next, T.Type, T.Version, envelope.Venue, envelope.Received, envelope.Cause);
        block.Add(header, Unsafe.As<T, BestQuote>(ref value));
    }

    private readonly struct Opener(FieldReader<T> owner, List<IDisposable> cursors) : IFieldVisitor
    {
        public void Id(string name, ref long value) => cursors.Add(owner.Integers(ArchiveLayout.ColumnName(name)));

        public void Count(string name, ref long value) => cursors.Add(owner.Integers(ArchiveLayout.ColumnName(name)));

        public void Time(string name, ref long value) => cursors.Add(owner.Own(LongCursor.Stamps(owner.File, Column(name))));

        public void Price(string name, ref long value) => cursors.Add(owner.Own(LongCursor.Decimals(owner.File, Column(name), owner.decimals.Price)));

        public void Quantity(string name, ref long value) => cursors.Add(owner.Own(LongCursor.Decimals(owner.File, Column(name), owner.decimals.Quantity)));

        public void Money(string name, ref Int128 value) => Bytes(name);

        public void Real(string name, ref double value) => cursors.Add(owner.Own(new ValueCursor<double>(owner.File, Column(name))));

        public void Flag(string name, ref bool value) => cursors.Add(owner.Own(new ValueCursor<bool>(owner.File, Column(name))));

        public void Text(string name, ref string value) => Bytes(name);

        public void Code<TEnum>(string name, ref TEnum value)
            where TEnum : unmanaged, Enum => Bytes(name);

        public void Levels(string name, ref LevelList value) => Bytes(name);

        public void Digest(string name, ref Digest value) => Bytes(name);

        private void Bytes(string name) => cursors.Add(owner.Own(new BytesCursor(owner.File, Column(name))));

        private ParquetColumn Column(string name) => owner.Find(ArchiveLayout.ColumnName(name));
    }

    private struct Filler(IDisposable[] cursors, ArchiveDecimals decimals, LevelArena arena) : IFieldVisitor
    {
        private int at;

        public void Id(string name, ref long value) => value = ((LongCursor)cursors[at++]).Next();

        public void Count(string name, ref long value) => value = ((LongCursor)cursors[at++]).Next();

        public void Time(string name, ref long value) => value = ((LongCursor)cursors[at++]).Next();

        public void Price(string name, ref long value) => value = ((LongCursor)cursors[at++]).Next();

        public void Quantity(string name, ref long value) => value = ((LongCursor)cursors[at++]).Next();

        public void Money(string name, ref Int128 value)
        {
            var bytes = Bytes();
            if (bytes.Length is 0 or > 16)
            {
                throw new FormatException($"column {ArchiveLayout.ColumnName(name)} holds an amount of {bytes.Length} bytes, not of 1 to 16");
            }

            Span<byte> wide = stackalloc byte[16];
            wide.Fill((bytes[0] & 0x80) != 0 ? byte.MaxValue : (byte)0);
            bytes.CopyTo(wide[(16 - bytes.Length)..]);
            value = BinaryPrimitives.ReadInt128BigEndian(wide);
        }

        public void Real(string name, ref double value) => value = ((ValueCursor<double>)cursors[at++]).Next();

        public void Flag(string name, ref bool value) => value = ((ValueCursor<bool>)cursors[at++]).Next();

        public void Text(string name, ref string value) => value = System.Text.Encoding.UTF8.GetString(Bytes());

        public void Code<TEnum>(string name, ref TEnum value)
            where TEnum : unmanaged, Enum
        {
            var text = System.Text.Encoding.UTF8.GetString(Bytes());
            var number = CodeNames<TEnum>.Number(text);
            value = number >= 0
                ? Unsafe.As<int, TEnum>(ref number)
                : throw new FormatException($"column {ArchiveLayout.ColumnName(name)} holds '{text}', which is no {typeof(TEnum).Name}");
        }

        public void Levels(string name, ref LevelList value) => value = LevelText.Read(Bytes(), decimals.Price, decimals.Quantity, arena);

        public void Digest(string name, ref Digest value) => value = Domain.Canonical.Digest.Parse(System.Text.Encoding.UTF8.GetString(Bytes()));

        private ReadOnlySpan<byte> Bytes() => ((BytesCursor)cursors[at++]).Next(out _);
    }
}

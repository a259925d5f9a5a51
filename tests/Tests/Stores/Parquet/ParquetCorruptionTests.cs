using EventSourcedMM.Stores.Parquet;
using FsCheck;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>Damaged and cut files: the same data, or an exception that names the file; never anything else.</summary>
public sealed class ParquetCorruptionTests : IDisposable
{
    private const string Name = "damaged.parquet";

    private readonly TempFolder _folder = new();

    public static TheoryData<ParquetCompression, ParquetPageVersion> Variants
    {
        get
        {
            var data = new TheoryData<ParquetCompression, ParquetPageVersion>();
            foreach (ParquetCompression codec in new[] { ParquetCompression.Uncompressed, ParquetCompression.Snappy, ParquetCompression.Gzip, ParquetCompression.Brotli, ParquetCompression.Zstd })
            {
                data.Add(codec, ParquetPageVersion.V1);
                data.Add(codec, ParquetPageVersion.V2);
            }

            return data;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Variants))]
    public void Reader_AnyBitFlipped_GivesSameDataOrNamedError(ParquetCompression codec, ParquetPageVersion version)
    {
        byte[] file = SmallFile(codec, version);
        string expected = Fingerprint(file);
        int refused = 0;
        for (int at = 0; at < file.Length; at++)
        {
            byte original = file[at];
            foreach (int flip in new[] { 1, 2, 4, 8, 16, 32, 64, 128, 255 })
            {
                file[at] = (byte)(original ^ flip);
                refused += AssertSameOrRefused(file, expected, $"byte {at} flipped by {flip}") ? 1 : 0;
            }

            file[at] = original;
        }

        // Only the deprecated, the redundant and the seal's own marker may change unseen; a file that shrugs off more is not checked.
        Assert.True(refused > file.Length * 9 * 8 / 10, $"{refused} of {file.Length * 9} flips were noticed");
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Reader_CutAtAnyLength_IsRefused(ParquetCompression codec, ParquetPageVersion version)
    {
        byte[] file = SmallFile(codec, version);
        for (int length = 0; length < file.Length; length++)
        {
            ParquetException e = Assert.ThrowsAny<ParquetException>(() => Fingerprint(file[..length]));
            Assert.StartsWith(Name, e.Message, StringComparison.Ordinal);
        }
    }

    [Property(MaxTest = 300)]
    public Property Reader_BytesReplacedInsertedOrRemoved_GivesSameDataOrNamedError() => Seeds.ForAll(random =>
    {
        byte[] file = SmallFile((ParquetCompression)random.Next(3), (ParquetPageVersion)random.Next(1, 3));
        string expected = Fingerprint(file);
        int at = random.Next(file.Length), count = random.Next(1, 40);
        byte[] noise = new byte[count];
        random.NextBytes(noise);
        byte[] damaged = random.Next(3) switch
        {
            0 => [.. file[..at], .. noise, .. file[Math.Min(file.Length, at + count)..]],
            1 => [.. file[..at], .. noise, .. file[at..]],
            _ => [.. file[..at], .. file[Math.Min(file.Length, at + count)..]],
        };
        AssertSameOrRefused(damaged, expected, "edited");
    });

    // DuckDB writes no checksums, so damaged values may pass; but nothing except a named error may come out.
    [Theory]
    [InlineData("V1", "snappy")]
    [InlineData("V2", "zstd")]
    [InlineData("V2", "uncompressed")]
    public void Reader_OtherWritersFileFlipped_EndsInDataOrNamedError(string version, string codec)
    {
        string path = _folder.File("duckdb");
        DuckDb.Run(
            "CREATE TABLE t AS SELECT i, (i % 3)::TINYINT AS k, 'n' || i AS s, CASE WHEN i % 2 = 0 THEN i / 7.0 END AS d, [i, i + 1] AS l, (i * 1.5)::DECIMAL(38, 4) AS x, i % 4 = 0 AS b FROM range(40) r(i)",
            $"COPY t TO {DuckDb.Quote(path)} (FORMAT parquet, PARQUET_VERSION {version}, COMPRESSION {codec})");
        byte[] file = File.ReadAllBytes(path);
        Fingerprint(file);
        for (int at = 0; at < file.Length; at++)
        {
            byte original = file[at];
            foreach (int flip in new[] { 1, 4, 16, 64, 128, 255 })
            {
                file[at] = (byte)(original ^ flip);
                try
                {
                    Fingerprint(file);
                }
                catch (ParquetException e)
                {
                    Assert.StartsWith(Name, e.Message, StringComparison.Ordinal);
                }
            }

            file[at] = original;
        }
    }

    [Fact]
    public void Reader_PageDamaged_NamesColumnPageAndChecksum()
    {
        byte[] file = SmallFile(ParquetCompression.Uncompressed, ParquetPageVersion.V1);
        long page;
        using (ParquetReader reader = ParquetReader.Open(file, Name))
        {
            page = reader.RowGroups[0].Columns[1].Metadata.DataPageOffset;
        }

        file[page + 40] ^= 1;
        using ParquetReader damaged = ParquetReader.Open(file, Name);
        var e = Assert.Throws<ParquetFormatException>(() => damaged.Read(0, damaged.Schema["b"], new ParquetColumnData<int>()));
        Assert.Equal((Name, "b", page), (e.File, e.Column, e.Offset));
        Assert.Contains("checksum", e.Detail, StringComparison.Ordinal);
        Assert.Equal($"{Name}, column 'b', at byte {page}: {e.Detail}", e.Message);

        // Without verification the damage passes, which is why it is on unless someone says otherwise.
        using ParquetReader trusting = ParquetReader.Open(file, Name, new ParquetReaderOptions { VerifyChecksums = false });
        trusting.Read(0, trusting.Schema["b"], new ParquetColumnData<int>());
    }

    [Fact]
    public void Reader_FooterDamaged_SaysSo()
    {
        byte[] file = SmallFile(ParquetCompression.Uncompressed, ParquetPageVersion.V1);
        int at = file.AsSpan().IndexOf("the note"u8);
        file[at] = (byte)'T';
        var e = Assert.Throws<ParquetFormatException>(() => ParquetReader.Open(file, Name));
        Assert.Contains("footer's checksum", e.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Reader_FileCutWhileOpen_SaysSo()
    {
        string path = _folder.File("cut.parquet");
        File.WriteAllBytes(path, SmallFile(ParquetCompression.Snappy, ParquetPageVersion.V1));
        using ParquetReader reader = ParquetReader.Open(path);
        using (var other = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.SetLength(10);
        }

        var e = Assert.Throws<ParquetFormatException>(() => reader.Read(0, reader.Schema["b"], new ParquetColumnData<int>()));
        Assert.Contains("when it was opened", e.Detail, StringComparison.Ordinal);
    }

    private static bool AssertSameOrRefused(byte[] file, string expected, string what)
    {
        string actual;
        try
        {
            actual = Fingerprint(file);
        }
        catch (ParquetException e)
        {
            Assert.StartsWith(Name, e.Message, StringComparison.Ordinal);
            return true;
        }

        Assert.True(expected == actual, $"{what}: other data came out without an error");
        return false;
    }

    private static byte[] SmallFile(ParquetCompression codec, ParquetPageVersion version)
    {
        var table = new TestTable();
        table.Add("a", ColumnCases.Named("decimal_18_8"), false, ParquetEncoding.DeltaBinaryPacked);
        table.Add("b", ColumnCases.Named("int32"), false, ParquetEncoding.Plain);
        table.Add("c", ColumnCases.Named("enum"), true, ParquetEncoding.RleDictionary);
        table.Add("d", ColumnCases.Named("double"), true, ParquetEncoding.ByteStreamSplit);
        table.Add("e", ColumnCases.Named("boolean"), true, ParquetEncoding.Rle);
        table.Add("f", ColumnCases.Named("text"), false, ParquetEncoding.DeltaByteArray);
        table.Add("g", ColumnCases.Named("blob"), true, ParquetEncoding.DeltaLengthByteArray);
        table.Fill(11, 17, 9);
        return table.Write(new ParquetWriterOptions
        {
            Compression = codec,
            PageVersion = version,
            PageRows = 11,
            KeyValueMetadata = [new("note", "the note")],
        });
    }

    /// <summary>Everything a reader is told: schema, notes, row groups, and all values.</summary>
    private static string Fingerprint(byte[] file)
    {
        using ParquetReader reader = ParquetReader.Open(file, Name);
        return FileFingerprint.Of(reader);
    }
}

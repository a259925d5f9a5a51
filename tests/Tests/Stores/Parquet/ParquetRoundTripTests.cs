using EventSourcedMM.Stores.Parquet;
using FsCheck;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Parquet;

public sealed class ParquetRoundTripTests
{
    private static readonly ParquetCompression[] Codecs =
        [ParquetCompression.Uncompressed, ParquetCompression.Snappy, ParquetCompression.Gzip, ParquetCompression.Brotli, ParquetCompression.Zstd];

    public static TheoryData<ParquetCompression, ParquetPageVersion, int> Matrix
    {
        get
        {
            var data = new TheoryData<ParquetCompression, ParquetPageVersion, int>();
            foreach (ParquetCompression codec in Codecs)
            {
                for (int slot = 0; slot < 5; slot++)
                {
                    data.Add(codec, ParquetPageVersion.V1, slot);
                    data.Add(codec, ParquetPageVersion.V2, slot);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public void Reader_EveryTypeEncodingCodecAndPageVersion_GivesWhatWasWritten(ParquetCompression codec, ParquetPageVersion version, int slot)
    {
        TestTable table = TestTable.OfAllCases(1 + slot, slot, 333, 1, 700);
        byte[] file = table.Write(new ParquetWriterOptions { Compression = codec, PageVersion = version, PageRows = 150, PageBytes = 2000 });

        using ParquetReader reader = ParquetReader.Open(file, "round trip");
        Assert.True(reader.HasVerifiedFooter);
        table.AssertReadBy(reader, $"{codec} {version} slot {slot}");
        Assert.All(reader.RowGroups.SelectMany(g => g.Columns), chunk => Assert.Equal(codec, chunk.Compression));
    }

    [Property(MaxTest = 400)]
    public Property Reader_AnyColumn_GivesWhatWasWritten() => Seeds.ForAll((seed, random) =>
    {
        ColumnCase column = ColumnCases.All[random.Next(ColumnCases.All.Count)];
        ParquetEncoding? encoding = column.Encodings[random.Next(column.Encodings.Length)];
        int[] groups = Enumerable.Range(0, random.Next(1, 4)).Select(_ => 1 + (random.Next(3) == 0 ? random.Next(3) : random.Next(3000))).ToArray();
        TestTable table = TestTable.Of(column, random.Next(2) == 0, encoding, seed, groups);
        byte[] file = table.Write(new ParquetWriterOptions
        {
            Compression = Codecs[random.Next(Codecs.Length)],
            PageVersion = (ParquetPageVersion)random.Next(1, 3),
            PageRows = 1 + random.Next(2000),
            PageBytes = 1 + random.Next(20_000),
        });
        using ParquetReader reader = ParquetReader.Open(file, "round trip");
        table.AssertReadBy(reader, $"seed {seed}, {column}, {encoding}");
    });
}

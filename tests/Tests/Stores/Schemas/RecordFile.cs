namespace EventSourcedMM.Tests.Stores.Schemas;

/// <summary>Records in one file: each its length (4 bytes, little-endian) and its bytes, as the content hash takes them.</summary>
public static class RecordFile
{
    public static byte[] Join(IEnumerable<byte[]> records) =>
        [.. records.SelectMany(record => BitConverter.GetBytes(record.Length).Concat(record))];

    public static List<byte[]> Split(byte[] file)
    {
        var records = new List<byte[]>();
        for (var at = 0; at < file.Length;)
        {
            var length = BitConverter.ToInt32(file, at);
            records.Add(file[(at + 4)..(at + 4 + length)]);
            at += 4 + length;
        }

        return records;
    }
}

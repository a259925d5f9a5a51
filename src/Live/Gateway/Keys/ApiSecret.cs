using System.Diagnostics;
using System.Text;
using System.Text.Json.Serialization;

namespace EventSourcedMM.Live.Gateway.Keys;

/// <summary>
/// A text that leaves this object only where it is used: as a request's key or inside a signature. It has no value that can
/// be formatted, compared, serialised or shown by a debugger.
/// </summary>
[DebuggerDisplay("[secret]")]
[JsonConverter(typeof(RefuseSecrets))]
public sealed class ApiSecret
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly byte[] bytes;

    /// <summary>Keeps a text.</summary>
    public ApiSecret(string text) => bytes = Encoding.UTF8.GetBytes(text);

    /// <summary>Always the same words.</summary>
    public override string ToString() => "[secret]";

    /// <summary>The bytes, for a signature.</summary>
    internal ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>The text, for a request's header or parameter.</summary>
    internal string Reveal() => Encoding.UTF8.GetString(bytes);

    /// <summary>A message without this secret: whatever a server or a library put into its words.</summary>
    internal string Redact(string message) => bytes.Length < 8 ? message : message.Replace(Reveal(), "[secret]", StringComparison.Ordinal);

    private sealed class RefuseSecrets : JsonConverter<ApiSecret>
    {
        public override ApiSecret Read(ref System.Text.Json.Utf8JsonReader reader, Type typeToConvert, System.Text.Json.JsonSerializerOptions options) =>
            throw new NotSupportedException("A secret is not read from JSON.");

        public override void Write(System.Text.Json.Utf8JsonWriter writer, ApiSecret value, System.Text.Json.JsonSerializerOptions options) =>
            writer.WriteStringValue("[secret]");
    }
}

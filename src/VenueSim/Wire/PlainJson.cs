using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventSourcedMM.VenueSim.Wire;

/// <summary>JSON without escapes that only matter inside of HTML: apostrophes and the like stay readable.</summary>
internal static class PlainJson
{
    /// <summary>For values.</summary>
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>For documents.</summary>
    public static readonly JsonWriterOptions Writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

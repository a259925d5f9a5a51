using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace EventSourcedMM.Web.Serving;

/// <summary>The pages' files, from this assembly.</summary>
internal static class Assets
{
    private static readonly Dictionary<string, (byte[] Bytes, string Type, string Tag)> Files = Load();

    /// <summary>Names of the files.</summary>
    public static IReadOnlyCollection<string> Names => Files.Keys;

    /// <summary>Answers with a file; false when there is none of the name.</summary>
    public static async Task<bool> AnswerAsync(HttpContext http, string name)
    {
        if (!Files.TryGetValue(name, out var file))
        {
            return false;
        }

        http.Response.Headers.ETag = file.Tag;
        http.Response.Headers.CacheControl = "no-cache";
        if (http.Request.Headers.IfNoneMatch.ToString() == file.Tag)
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return true;
        }

        http.Response.ContentType = file.Type;
        http.Response.ContentLength = file.Bytes.Length;
        await http.Response.Body.WriteAsync(file.Bytes, http.RequestAborted);
        return true;
    }

    private static Dictionary<string, (byte[] Bytes, string Type, string Tag)> Load()
    {
        const string folder = "Assets/";
        var files = new Dictionary<string, (byte[], string, string)>(StringComparer.Ordinal);
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(folder, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            var bytes = memory.ToArray();
            files[resource[folder.Length..]] = (bytes, TypeOf(resource), $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"");
        }

        return files;
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
}

using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Replay.Certificates;

/// <summary>
/// Which program did it: version, and the SHA-256 of each built assembly that decides anything. The same sources built in
/// another place may have other hashes: then only an execution shows that they do the same.
/// </summary>
/// <param name="Version">Version of the program.</param>
/// <param name="Assemblies">Assembly names with the SHA-256 of their files, in ordinal order.</param>
public sealed record CodeIdentity(string Version, IReadOnlyList<KeyValuePair<string, string>> Assemblies)
{
    /// <summary>The program that runs.</summary>
    public static CodeIdentity Current { get; } = Read();

    /// <summary>Version and a digest of the assemblies' hashes: short enough for a run's manifest, other for every other build.</summary>
    public string Build { get; } = $"{Version} build {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Assemblies.Select(a => $"{a.Key} {a.Value}")))))[..16]}";

    /// <summary>Schema versions that this program folds, by type in the order of their numbers.</summary>
    public static IReadOnlyList<KeyValuePair<string, int>> Schemas()
    {
        var collector = new Collector();
        EventCatalog.ForEach(ref collector);
        return collector.Versions;
    }

    private static CodeIdentity Read()
    {
        Assembly[] deciding = [typeof(EventHeader).Assembly, typeof(Projections.Engine).Assembly, typeof(CodeIdentity).Assembly, typeof(Stores.ContentHash).Assembly];
        var hashes = deciding
            .Select(a => KeyValuePair.Create(a.GetName().Name!, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(a.Location)))))
            .OrderBy(p => p.Key, StringComparer.Ordinal)
            .ToArray();
        var version = typeof(CodeIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        return new CodeIdentity(version, hashes);
    }

    private sealed class Collector : IEventTypeHandler
    {
        public List<KeyValuePair<string, int>> Versions { get; } = [];

        public void On<T>()
            where T : struct, IPayload<T> => Versions.Add(KeyValuePair.Create(CodeNames<EventType>.Name((int)T.Type), T.Version));
    }
}

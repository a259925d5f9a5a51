using System.CommandLine;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Storage;

/// <summary>What the commands on a journal's files work on: a directory, and all of its streams or some.</summary>
public sealed class JournalTarget
{
    private readonly Argument<string[]> streams = new("STREAM")
    {
        Description = "Streams, or the first parts of their names, each whole, such as market/NEXOUSDT; all of them without.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> store = new("--store")
    {
        Description = "The directory of the embedded journal.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "data",
    };

    /// <summary>Adds argument and flag to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(streams);
        command.Options.Add(store);
    }

    /// <summary>The directory, as a full path.</summary>
    /// <exception cref="UsageException">It is no directory.</exception>
    /// <exception cref="EventSourcedMM.Stores.Locations.StoreLocationException">It cannot be read.</exception>
    public string Directory(ParseResult parsed)
    {
        // Read as every location is: what looks like a server's address with a password is not repeated.
        var location = StoreOptions.Locate(parsed.GetValue(store)!);
        if (location.IsServer)
        {
            throw new UsageException($"--store {location}: verify, compact and stats look at the files of an embedded journal; name its directory. A server looks after its own files; mm store copy --verify compares its events.");
        }

        var path = Path.GetFullPath(location.Address);
        return System.IO.Directory.Exists(path) ? path : throw new UsageException($"There is no event store in {path}.");
    }

    /// <summary>The streams meant that have a journal, in ordinal order.</summary>
    /// <exception cref="UsageException">A name fits none.</exception>
    public IReadOnlyList<StreamName> Streams(ParseResult parsed) => Meant(parsed, Directory(parsed), JournalVerifier.Streams(Directory(parsed)));

    /// <summary>The streams meant, those that have a journal and those that are archived, each in ordinal order; a stream may be both.</summary>
    /// <exception cref="UsageException">A name fits none.</exception>
    public (IReadOnlyList<StreamName> Journals, IReadOnlyList<StreamName> Archives) All(ParseResult parsed)
    {
        var root = Directory(parsed);
        var journals = JournalVerifier.Streams(root);
        var archives = ArchiveFolder.List(ArchiveFolder.RootOf(root));
        var meant = Meant(parsed, root, [.. journals.Union(archives).OrderBy(s => s.Value, StringComparer.Ordinal)]);
        return ([.. meant.Where(journals.Contains)], [.. meant.Where(archives.Contains)]);
    }

    /// <summary>True when the user named this stream in full.</summary>
    public bool Names(ParseResult parsed, StreamName stream) => (parsed.GetValue(streams) ?? []).Contains(stream.Value);

    private IReadOnlyList<StreamName> Meant(ParseResult parsed, string root, IReadOnlyList<StreamName> all)
    {
        var wanted = parsed.GetValue(streams) ?? [];
        if (wanted.Length == 0)
        {
            return all;
        }

        var found = new SortedDictionary<string, StreamName>(StringComparer.Ordinal);
        foreach (var text in wanted)
        {
            var matches = all.Where(s => Fits(s.Value, text)).ToArray();
            if (matches.Length == 0)
            {
                var some = string.Join("\n", all.Take(20).Select(s => "  " + s.Value));
                throw new UsageException($"There is no stream {text} in {root}.{(some.Length > 0 ? $" Stored:\n{some}{(all.Count > 20 ? $"\n  and {all.Count - 20} more" : "")}" : " Nothing is stored there.")}");
            }

            foreach (var match in matches)
            {
                found[match.Value] = match;
            }
        }

        return [.. found.Values];
    }

    // A beginning ends where a part of the name ends: run/a does not mean run/ab.
    private static bool Fits(string name, string text) =>
        name == text || name.StartsWith(text.TrimEnd('/') + "/", StringComparison.Ordinal);
}

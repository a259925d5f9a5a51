using System.CommandLine;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Locations;

namespace EventSourcedMM.Cli.Shell;

/// <summary>The flags that name the event store: --store, and --journal for what is written when the store is a server.</summary>
public sealed class StoreOptions
{
    /// <summary>What --store takes, for help texts.</summary>
    public const string Forms = "DIR|postgres:…|marten:…|esdb://…|env:NAME";

    private const string DefaultDirectory = "data";

    private readonly Option<string> store = new("--store")
    {
        Description = "The event store: a directory with the embedded journal, a server (docs/stores.md), or env:NAME for an environment variable that holds it.",
        HelpName = Forms,
        DefaultValueFactory = _ => DefaultDirectory,
    };

    private readonly Option<string> journal = new("--journal")
    {
        Description = "With a server as --store: the journal that takes the writes; they are forwarded from there.",
        HelpName = "DIR",
        DefaultValueFactory = _ => DefaultDirectory,
    };

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(store);
        command.Options.Add(journal);
    }

    /// <summary>Makes sure that something can be stored in a directory, before the work is done.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public static void RequireWritable(string directory, string flag)
    {
        if (WhyUnwritable(directory, flag) is { } why)
        {
            throw new UsageException(why);
        }
    }

    /// <summary>Why nothing can be stored in a directory and what to do, in words; null when something can.</summary>
    public static string? WhyUnwritable(string directory, string flag)
    {
        if (File.Exists(directory))
        {
            return $"{flag} {directory} is a file; name a directory.";
        }

        var place = new DirectoryInfo(directory);
        try
        {
            // Where the directory is not there yet, the nearest one above must take it: nothing is made before the work is done.
            while (!place.Exists && place.Parent is { } above)
            {
                place = above;
                if (File.Exists(place.FullName))
                {
                    return $"{flag} {directory}: {place.FullName} is a file; name a directory.";
                }
            }

            var probe = Path.Combine(place.FullName, $".writable-{Environment.ProcessId}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{flag} {directory} cannot be written ({(e is FileNotFoundException or DirectoryNotFoundException ? $"no file can be made in {place.FullName}" : e is UnauthorizedAccessException ? $"{place.FullName} may not be written" : Faults.Words(e))}); name a directory that can be.";
        }
    }

    /// <summary>The named store.</summary>
    /// <exception cref="StoreLocationException">It cannot be read.</exception>
    public StoreLocation Location(ParseResult parsed) => Locate(parsed.GetValue(store)!);

    /// <summary>The directory that takes the writes: --store itself, or --journal when the store is a server.</summary>
    public string Directory(ParseResult parsed) => Location(parsed) is { IsServer: false } location ? location.Address : parsed.GetValue(journal)!;

    /// <summary>The journal that takes the writes, alone.</summary>
    public JournalStore OpenJournal(ParseResult parsed) => Journals.Open(Directory(parsed));

    /// <summary>The named store, and behind it the journal of the writes and the bundled samples. The caller disposes it.</summary>
    public StoreSet Open(ParseResult parsed)
    {
        // Files that were backtested with --data have stores of their own, so that their runs can be verified later.
        var files = Path.Combine(Directory(parsed), "files");
        var imported = System.IO.Directory.Exists(files) ? System.IO.Directory.GetDirectories(files).Order(StringComparer.Ordinal) : Enumerable.Empty<string>();
        return Open(parsed, Samples.Root().Concat(imported));
    }

    /// <summary>The same for a command that only reads: a directory that is not there is no error, and the user is told what is read instead.</summary>
    public StoreSet OpenToRead(ParseResult parsed, Terminal terminal)
    {
        var directory = Directory(parsed);
        if (parsed.GetResult(Location(parsed).IsServer ? journal : store) is { Implicit: false } given && !System.IO.Directory.Exists(directory) && !File.Exists(directory))
        {
            terminal.Note($"{given.Option.Name} {directory}: there is no such directory; only {(Location(parsed).IsServer ? "the server and " : "")}the bundled samples are read.");
        }

        return Open(parsed);
    }

    /// <summary>For a command that writes beside what is stored: a directory that was named has to be there. The usual one need not.</summary>
    /// <exception cref="UsageException">It is not.</exception>
    public void RequireThere(ParseResult parsed, string advice)
    {
        if (parsed.GetResult(Location(parsed).IsServer ? journal : store) is { Implicit: false } given && Directory(parsed) is var directory && !System.IO.Directory.Exists(directory))
        {
            throw new UsageException($"{given.Option.Name} {directory}: there is no such directory; {advice}.");
        }
    }

    /// <summary>The named store, and behind it the journal of the writes and other directories.</summary>
    public StoreSet Open(ParseResult parsed, IEnumerable<string> others)
    {
        var location = Location(parsed);
        if (File.Exists(Directory(parsed)))
        {
            throw new UsageException($"{(location.IsServer ? "--journal" : "--store")} {Directory(parsed)} is a file; name a directory.");
        }

        var writes = OpenJournal(parsed);
        return location.IsServer
            ? new StoreSet(writes, StoreFactories.Open(location), others.Select(Journals.Open))
            : new StoreSet(writes, others.Select(Journals.Open));
    }

    /// <summary>Reads a location with this process's environment.</summary>
    /// <exception cref="StoreLocationException">It cannot be read.</exception>
    public static StoreLocation Locate(string text) => StoreLocation.Parse(text, Environment.GetEnvironmentVariable);
}

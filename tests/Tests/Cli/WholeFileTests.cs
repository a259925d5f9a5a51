using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Cli;

/// <summary>Where commands write: a file whole or not at all, a link's target and not the link, through a device and a FIFO.</summary>
public sealed class WholeFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Write_ALinkToAFile_ReplacesTheFileAndKeepsTheLink()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var file = Place("file.svg");
        File.WriteAllText(file, "old");
        Directory.CreateDirectory(Place("sub"));
        var (first, second) = (Place("first"), Place("sub/second"));
        File.CreateSymbolicLink(second, "../file.svg");
        File.CreateSymbolicLink(first, "sub/second");
        WholeFile.Write(first, "new");
        Assert.Equal(("new", "sub/second", "../file.svg"), (File.ReadAllText(file), new FileInfo(first).LinkTarget, new FileInfo(second).LinkTarget));

        // A link that points to nothing yet, as a shell does it.
        var dangling = Place("dangling");
        File.CreateSymbolicLink(dangling, "made.svg");
        WholeFile.Write(dangling, "made");
        Assert.Equal(("made", "made.svg"), (File.ReadAllText(Place("made.svg")), new FileInfo(dangling).LinkTarget));

        var circle = Place("circle");
        File.CreateSymbolicLink(circle, "circle");
        Assert.ThrowsAny<IOException>(() => WholeFile.Write(circle, "x"));
        Assert.Equal("circle", new FileInfo(circle).LinkTarget);
        Assert.DoesNotContain(Directory.EnumerateFiles(folder), f => f.EndsWith(".part", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_AnEmptyFileAndALongerOne_AreReplacedWhole()
    {
        foreach (var (name, before) in (ValueTuple<string, string>[])[("empty", ""), ("longer", new string('x', 100))])
        {
            File.WriteAllText(Place(name), before);
            WholeFile.Write(Place(name), "new");
            Assert.Equal("new", File.ReadAllText(Place(name)));
        }
    }

    [Fact]
    public async Task Write_AFifo_IsWrittenThrough()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var fifo = Place("fifo");
        Fifo.Make(fifo);
        var reading = Task.Run(() => File.ReadAllText(fifo));
        WholeFile.Write(fifo, "through");
        Assert.Equal("through", await reading);
        Assert.Equal(["fifo"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Write_ADevice_IsWrittenThroughAndSaysWhatItSays()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // Through a link and a folder that is one, so that the name alone does not give it away. Were it replaced, this could not be undone here: the
        // link in between is what would be lost.
        var link = Place("null");
        File.CreateSymbolicLink(link, "/dev/null");
        WholeFile.Write(link, "nothing");
        Assert.Equal("/dev/null", new FileInfo(link).LinkTarget);
        Assert.Equal(0, new FileInfo("/dev/null").Length);
        WholeFile.Check("--chart", "/dev/null");

        var full = Place("full");
        File.CreateSymbolicLink(full, "/dev/full");
        Assert.Contains("No space left on device", Assert.ThrowsAny<IOException>(() => WholeFile.Write(full, "nothing")).Message, StringComparison.Ordinal);
        Assert.Equal("/dev/full", new FileInfo(full).LinkTarget);
        Assert.Contains("there is no such device", Assert.Throws<UsageException>(() => WholeFile.Check("--chart", "/dev/nosuch")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_AFileThatIsRead_IsRefusedUnderEveryName()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var key = Place("key.pem");
        File.WriteAllText(key, "key");
        File.CreateSymbolicLink(Place("link"), "key.pem");
        Directory.CreateDirectory(Place("sub"));
        File.CreateSymbolicLink(Place("here"), ".");
        foreach (var name in (string[])["key.pem", "./key.pem", "sub/../key.pem", "link", "here/key.pem", "here/here/link"])
        {
            var refused = Assert.Throws<UsageException>(() => WholeFile.Check("--certificate", $"{(string)folder}/{name}", ("--config", null), ("--key", key)));
            Assert.Equal($"--certificate {(string)folder}/{name} would write over --key {key}; name another file.", refused.Message);

            // The other way round: the key is named by the link.
            Assert.Throws<UsageException>(() => WholeFile.Check("--certificate", key, ("--key", $"{(string)folder}/{name}")));
        }

        WholeFile.Check("--certificate", Place("certificate.json"), ("--key", key), ("--config", null));
        Assert.Equal("key", File.ReadAllText(key));
    }

    private string Place(string name) => Path.Combine(folder, name);
}

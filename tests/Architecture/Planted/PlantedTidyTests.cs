using EventSourcedMM.Architecture.Scans;

namespace EventSourcedMM.Architecture.Planted;

/// <summary>The arrows, the documentation, the names and the tidy rules: each finds what it is for.</summary>
public class PlantedTidyTests
{
    static readonly string[] Arrows = ["# comment", "Domain -> nothing", "Stores -> Domain", "Replay -> Domain Stores", "Replay never Live"];

    [Fact]
    public void Arrows_AsWritten_PassOver()
    {
        using var tree = Rooms("Stores");

        Assert.Empty(ArrowScan.Run(tree.Sources, Arrows));
    }

    [Fact]
    public void Arrows_OneTooMany_NamesProjectAndLine()
    {
        using var tree = Rooms("Stores", "Live").Plant("src/Live/EventSourcedMM.Live.csproj", Project());

        var finding = Assert.Single(
            ArrowScan.Run(tree.Sources, [.. Arrows, "Live -> nothing"]),
            finding => finding.Message.Contains("may not reference Live", StringComparison.Ordinal));
        Assert.Equal(("src/Replay/EventSourcedMM.Replay.csproj", 4), (finding.File, finding.Line));
    }

    [Fact]
    public void Arrows_OneMissing_IsFound()
    {
        using var tree = Rooms();

        Assert.Contains("should reference Stores", Assert.Single(ArrowScan.Run(tree.Sources, Arrows)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrows_ForbiddenRoomBehindAnother_IsFound()
    {
        using var tree = Rooms("Stores").Plant("src/Stores/EventSourcedMM.Stores.csproj", Project("Domain", "Live")).Plant("src/Live/EventSourcedMM.Live.csproj", Project());

        Assert.Contains(ArrowScan.Run(tree.Sources, ["Domain -> nothing", "Live -> nothing", "Stores -> Domain Live", "Replay -> Domain Stores", "Replay never Live"]),
            finding => finding.Message.Contains("Replay must never reach Live", StringComparison.Ordinal));
    }

    [Fact]
    public void Arrows_UnknownRoom_IsFound()
    {
        using var tree = Rooms("Stores").Plant("src/Extra/EventSourcedMM.Extra.csproj", Project());

        Assert.Contains("Extra is not in", Assert.Single(ArrowScan.Run(tree.Sources, Arrows)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<Compile Include=\"../Live/Clock.cs\" />")]
    [InlineData("<Reference Include=\"Live.dll\" />")]
    [InlineData("<PackageReference Include=\"NodaTime\" />")]
    [InlineData("<FrameworkReference Include=\"Microsoft.AspNetCore.App\" />")]
    public void Arrows_SideDoorInDomain_IsFound(string item)
    {
        using var tree = Rooms("Stores").Plant("src/Domain/EventSourcedMM.Domain.csproj", $"<Project>\n<ItemGroup>\n{item}\n</ItemGroup>\n</Project>\n");

        Assert.Equal(3, Assert.Single(ArrowScan.Run(tree.Sources, Arrows)).Line);
    }

    [Theory]
    [InlineData("public class Planted;")]
    [InlineData("public readonly record struct Planted(int A);")]
    [InlineData("public delegate void Planted();")]
    [InlineData("/// <summary> </summary>\npublic enum Planted { A }")]
    [InlineData("// said in a comment only\npublic interface Planted;")]
    public void Documentation_PublicTypeWithoutSummary_IsFound(string type)
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Live/Planted.cs", $"namespace P;\n{type}\n");

        Assert.Contains("Planted", Assert.Single(DocumentationScan.Run(tree.Sources)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/// <summary>What it is.</summary>\npublic class Planted;")]
    [InlineData("/// <inheritdoc/>\npublic class Planted;")]
    [InlineData("class Planted { public class Inner; }")]
    [InlineData("/// <summary>What it is.</summary>\npublic partial class Planted;\npublic partial class Planted;")]
    public void Documentation_SaidOrNotNeeded_PassesOver(string type)
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Live/Planted.cs", $"namespace P;\n{type}\n");

        Assert.Empty(DocumentationScan.Run(tree.Sources));
    }

    [Theory]
    [InlineData("public class OrderMgr;", "OrderMgr")]
    [InlineData("public class Planted { public long MaxQty { get; } }", "MaxQty")]
    [InlineData("public record Planted(long BidPx);", "BidPx")]
    [InlineData("public interface Planted { void Add(int cnt); }", "cnt")]
    [InlineData("public enum Planted { InvLimit }", "InvLimit")]
    public void Names_Shortened_AreFound(string type, string name)
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Live/Planted.cs", type);

        Assert.Contains($"`{name}`", Assert.Single(NameScan.Run(tree.Sources)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("public class Order { public long Volume; public long Invariant; public long Ordinal; private int qty; }")]
    [InlineData("public class Planted { public int Qty; } // tidy-ok: Binance's own field name")]
    public void Names_WrittenOutOrExcused_PassOver(string type)
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Live/Planted.cs", type);

        Assert.Empty(NameScan.Run(tree.Sources));
    }

    public static TheoryData<string, string, int> Untidy => new()
    {
        { "src/Live/Planted.cs", string.Concat(Enumerable.Repeat("// line\n", 501)), 501 },
        { "src/Live/Planted.cs", "class P;\n// TO" + "DO later\n", 2 },
        { "src/Live/Planted.cs", "class P\n{\n    void X() => throw new NotImplementedException();\n}\n", 3 },
        { "src/Live/Planted.cs", "class P\n{\n    void X() { try { X(); } catch (Exception) { } }\n}\n", 3 },
        { "src/Live/Planted.cs", "class P\n{\n    void X() { try { X(); } catch (Exception) { /* ignore it */ } }\n}\n", 3 },
        { "src/Live/Planted.cs", "class P\n{\n\tint x;\n}\n", 3 },
        { "src/Live/Planted.cs", "class P { string x = \"/ho" + "me/joe/data\"; }\n", 1 },
        { "docs/planted.md", "See\n/Us" + "ers/Joe/x\n", 2 },
        { "tools/planted.sh", "#!/bin/sh\n# FIX" + "ME\n", 2 },
        { "tests/Tests/Planted.cs", "class P\n{\n    [Fact(Skip = \"slow\")]\n    void X() { }\n}\n", 3 },
        { "tests/Tests/Planted.cs", "class P { void X() => Assert.True(true); }\n", 1 },
        { "tests/js/package-lock.json", "{\n\"resolved\": \"http://mirror.example/x.tgz\"\n}\n", 2 },
    };

    [Theory]
    [MemberData(nameof(Untidy))]
    public void Tidy_Planted_NamesFileAndLine(string path, string text, int line)
    {
        using var tree = new PlantedTree();
        tree.Plant(path, text);

        var finding = Assert.Single(TidyScan.Run(tree.Sources));
        Assert.Equal((path, line), (finding.File, finding.Line));
    }

    [Fact]
    public void Tidy_PathOfThisVeryClone_IsFound()
    {
        using var tree = new PlantedTree();
        tree.Plant("clone/docs/planted.md", "run it\nin CLONE/data\n".Replace("CLONE", tree.Root + "/clone", StringComparison.Ordinal));

        Assert.Equal(2, Assert.Single(TidyScan.Run(new SourceTree(Path.Combine(tree.Root, "clone")))).Line);
    }

    [Theory]
    [InlineData("class P\n{\n    void X() { try { X(); } catch (Exception) { } } // tidy-ok: the peer is gone, there is nobody to tell\n}\n")]
    [InlineData("class P\n{\n    void X()\n    {\n        try { X(); }\n        catch (Exception)\n        {\n            // The peer is gone: nobody is left to tell.\n        }\n    }\n}\n")]
    [InlineData("class P\n{\n    void X() { try { X(); } catch (Exception) { throw; } }\n    string x = \"catch { }\";\n}\n")]
    public void Tidy_Allowed_PassesOver(string text)
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Live/Planted.cs", text);

        Assert.Empty(TidyScan.Run(tree.Sources));
    }

    static PlantedTree Rooms(params string[] referencedByReplay) => new PlantedTree()
        .Plant("src/Domain/EventSourcedMM.Domain.csproj", Project())
        .Plant("src/Stores/EventSourcedMM.Stores.csproj", Project("Domain"))
        .Plant("src/Replay/EventSourcedMM.Replay.csproj", Project(["Domain", .. referencedByReplay]));

    static string Project(params string[] rooms) =>
        "<Project><ItemGroup>\n" + string.Concat(rooms.Select(room => $"<ProjectReference Include=\"../{room}/EventSourcedMM.{room}.csproj\" />\n")) + "</ItemGroup></Project>\n";
}

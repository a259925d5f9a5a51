namespace EventSourcedMM.Tests.Web;

/// <summary>A program in the place of the user's browser: it writes down what it was asked to open.</summary>
internal sealed class StubBrowser
{
    private readonly string written;

    /// <summary>Makes it.</summary>
    /// <param name="folder">Where program and notes are kept.</param>
    public StubBrowser(string folder)
    {
        (Program, written) = (Path.Combine(folder, "browser.sh"), Path.Combine(folder, "opened"));
        File.WriteAllText(Program, $"#!/bin/sh\nprintf '%s' \"$*\" > '{written}.part' && mv '{written}.part' '{written}'\n");
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("The stub is a shell script.");
        }

        File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>For the variable BROWSER.</summary>
    public string Program { get; }

    /// <summary>What it was asked to open, as soon as it was.</summary>
    public async Task<string> OpenedAsync()
    {
        for (var i = 0; !File.Exists(written); i++)
        {
            Assert.True(i < 3_000, "no browser was started");
            await Task.Delay(20);
        }

        return await File.ReadAllTextAsync(written);
    }
}

using System.Text;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Writes a file whole or not at all.</summary>
public static class WholeFile
{
    /// <summary>Writes text beside the file and moves it into its place.</summary>
    public static void Write(string path, string text)
    {
        var part = path + ".part";
        File.WriteAllText(part, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        File.Move(part, path, overwrite: true);
    }
}

using System.CommandLine;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Stores.Locations;

ParseResult parsed = Root.For(args).Parse(args);

// A usage error repeats the command line, which may hold a connection string.
int exitCode = parsed.Errors.Count > 0 ? ShowErrors(parsed) : parsed.Invoke();

// Usage errors exit with 2 here, everywhere; the library's own code for them is 1, which means "no" in this program.
return parsed.Errors.Count > 0 ? 2 : exitCode;

static int ShowErrors(ParseResult parsed)
{
    var (output, error) = (new StringWriter(), new StringWriter());
    int code = parsed.Invoke(new InvocationConfiguration { Output = output, Error = error });
    Console.Out.Write(Secrets.Redact(output.ToString()));
    Console.Error.Write(Secrets.Redact(error.ToString()));
    return code;
}

using System.CommandLine;
using System.Globalization;
using EventSourcedMM.Cli.Audit;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm explain</c>: why an event of a run is as it is, or why nothing was quoted.</summary>
public static class ExplainCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("explain", "Explain a decision, a fill, a stop or any other event of a run.");
        var run = new Argument<string>("RUN") { Description = "Name of the run, or a part of it that only one run has." };
        var sequence = new Option<string?>("--seq") { Description = "The event with this sequence.", HelpName = "N" };
        var fill = new Option<string?>("--fill") { Description = "The fill with this trade id.", HelpName = "ID" };
        var refusals = new Option<bool>("--why-not-quoting") { Description = "When and why not both sides were quoted; with --at or --seq, the refusal in force then." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        command.Arguments.Add(run);
        var moment = new MomentOptions("What was in force then: the last decision or stop.");
        command.Options.Add(sequence);
        moment.AddTo(command);
        foreach (var option in (Option[])[fill, refusals, json])
        {
            command.Options.Add(option);
        }

        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var (number, time) = (Number(parsed.GetValue(sequence), "--seq"), moment.Read(parsed));
            var trade = Number(parsed.GetValue(fill), "--fill");
            var refusal = parsed.GetValue(refusals);
            var named = new[] { number, time, trade }.Count(n => n is not null);
            if (named > 1 || (named == 0 && !refusal) || (refusal && trade is not null))
            {
                throw new UsageException("Say what to explain: one of --seq N, --at TIME, --fill ID, or --why-not-quoting (alone, or with --seq or --at).");
            }

            using var stores = store.OpenToRead(parsed, terminal);
            var explainer = new Explainer(stores, new RunFinder(stores).Find(parsed.GetValue(run)!));
            if (refusal && named == 0)
            {
                var stretches = explainer.Refusals();
                terminal.Output.WriteLine(parsed.GetValue(json) ? ExplanationJson.Write(stretches, explainer.Run) : ExplanationText.Write(stretches, explainer.Run));
                return ExitCode.Done;
            }

            var explanation = refusal ? explainer.Refusal(time, number)
                : trade is { } id ? explainer.Fill(id)
                : time is { } at ? explainer.At(at)
                : explainer.Sequence(number!.Value);
            terminal.Output.WriteLine(parsed.GetValue(json) ? ExplanationJson.Write(explanation) : ExplanationText.Write(explanation));
            return explanation.Reproduced ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }

    private static long? Number(string? text, string flag) => text is null ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
        : throw new UsageException($"{flag} {text} must be a whole number from 1.");
}

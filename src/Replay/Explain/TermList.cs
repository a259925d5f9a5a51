namespace EventSourcedMM.Replay.Explain;

/// <summary>Collects the terms of a section.</summary>
internal sealed class TermList(string name, string title)
{
    private readonly List<ExplainedTerm> terms = [];

    /// <summary>The section.</summary>
    public ExplainedSection Section => new(name, title, terms);

    /// <summary>A value that is only shown.</summary>
    public void Show(string termName, string label, string value, string unit, string how = "") => terms.Add(new ExplainedTerm(termName, label, value, unit, how, null));

    /// <summary>A value that was computed again, beside the logged one.</summary>
    public void Compare(string termName, string label, string value, string logged, string unit, string how = "") => terms.Add(new ExplainedTerm(termName, label, value, unit, how, logged));

    /// <summary>A real that was computed again: equal to the logged one bit for bit.</summary>
    public void Compare(string termName, string label, double value, double logged, string unit, string how = "") => Compare(termName, label, Words.Real(value), Words.Real(logged), unit, how);
}

namespace EventSourcedMM.Live.Binance;

/// <summary>A message that cannot be what it says it is; the text says which field and why.</summary>
internal sealed class MalformedMessageException(string problem) : Exception(problem);

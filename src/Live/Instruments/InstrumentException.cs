namespace EventSourcedMM.Live.Instruments;

/// <summary>An instrument that cannot be read or cannot be. The text names the place and the field.</summary>
public sealed class InstrumentException(string message) : Exception(message);

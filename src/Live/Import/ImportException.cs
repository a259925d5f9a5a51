namespace EventSourcedMM.Live.Import;

/// <summary>Files that cannot be imported as they are. The text names file, line and what to do; nothing has been stored.</summary>
public sealed class ImportException(string message, Exception? inner = null) : Exception(message, inner);

namespace EventSourcedMM.Live.Import.Captures;

/// <summary>Rows of a capture, in the order of the file.</summary>
internal interface ICaptureReader : IDisposable
{
    /// <summary>Where the row last read stands, for error messages.</summary>
    string Place { get; }

    /// <summary>The next row; false at the end.</summary>
    /// <exception cref="ImportException">The row cannot be read; names file and row.</exception>
    bool Read(CaptureRow row);
}

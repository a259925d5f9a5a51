using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Live.Import;

/// <summary>Which build of the code makes events of lines: what it imported once stands for what it would import again.</summary>
internal static class ImporterBuild
{
    /// <summary>The identity of this build: the same sources give the same.</summary>
    public static byte[] Identity() =>
        [.. ((Type[])[typeof(EventCatalog), typeof(BookTracker), typeof(Stores.EventBatch), typeof(ImporterBuild)]).SelectMany(t => t.Module.ModuleVersionId.ToByteArray())];
}

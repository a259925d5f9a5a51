using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Live.Import;

/// <summary>Which build of the code makes events of lines: what it imported once stands for what it would import again.</summary>
internal static class ImporterBuild
{
    /// <summary>The identity of this build: the same sources give the same.</summary>
    public static byte[] Identity()
    {
        Type[] parts = [typeof(EventCatalog), typeof(BookTracker), typeof(Stores.EventBatch), typeof(ImporterBuild)];
        var identity = new byte[16 * parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i].Module.ModuleVersionId.TryWriteBytes(identity.AsSpan(16 * i));
        }

        return identity;
    }
}

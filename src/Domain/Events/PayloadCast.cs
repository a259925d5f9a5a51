using System.Runtime.CompilerServices;

namespace EventSourcedMM.Domain.Events;

/// <summary>The way from a generic payload to its type where that is known, by a comparison of types before it.</summary>
public static class PayloadCast
{
    /// <summary>The same payload under its own type; nothing is copied, and nothing is boxed where nothing optimizes, in a Debug build.</summary>
    /// <param name="payload">A payload of which <typeparamref name="TFrom"/> was found to be <typeparamref name="TTo"/>; of any other type it is nonsense.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref readonly TTo As<TFrom, TTo>(in TFrom payload) => ref Unsafe.As<TFrom, TTo>(ref Unsafe.AsRef(in payload));
}

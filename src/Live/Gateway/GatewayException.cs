namespace EventSourcedMM.Live.Gateway;

/// <summary>The gateway cannot trade, and asking again will not help: keys, permissions, clock or settings. Says what to do; never holds a key.</summary>
public sealed class GatewayException(string what, Exception? cause = null) : Exception(what, cause);

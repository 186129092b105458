"""SSH signatures: reading public keys and signatures as OpenSSH writes them, and verifying one over a statement."""

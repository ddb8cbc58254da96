"""The product's password hash at the least cost: a test signs in hundreds of times."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Argon2id as in production, which takes 100 MiB and eight threads for each password."""

    time_cost = 1
    memory_cost = 64
    parallelism = 1

import { Injectable, UnauthorizedException } from "@nestjs/common";
import { PassportStrategy } from "@nestjs/passport";
import { InjectRepository } from "@nestjs/typeorm";
import { ExtractJwt, Strategy } from "passport-jwt";
import { Repository } from "typeorm";

import { secret } from "./secret";
import { User } from "./user.entity";

@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      // Handed on to `jsonwebtoken`, which takes it; only the types here do not know.
      secretOrKey: secret as unknown as Buffer,
    });
  }

  /** What it returns becomes the request's `user`. */
  async validate({ id }: { id: string }): Promise<User> {
    const user = await this.users.findOneBy({ id });
    if (!user) throw new UnauthorizedException("Token not valid");
    if (!user.isActive) {
      throw new UnauthorizedException("User is inactive, talk with an admin");
    }
    return user;
  }
}
